"""Where an edge collects from: a host application for each broker, a link for each OPC UA server."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from edge.collect import Inbox, Link, LinkStatus
from edge.collect.certificate import publish_certificate
from edge.collect.mapped import MappedLink
from edge.collect.mapping import read_mapping
from edge.collect.opcua import OpcUaLink
from edge.collect.sparkplug import SparkplugHost
from edge.settings import Settings
from twin.mqtt_address import MqttAddress
from twin.secret import read_secret
from twin.trust import CERTIFICATES

_USER = "edge"


class Sources:
    """Hosts and links that the settings name, each of which runs until it is cancelled.

    Raises MappingError for a mapping file, SecretError for a password.
    """

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self._inbox = inbox
        self._secrets = settings.secrets
        self._certificates = settings.data / "certificates"
        self._trust = settings.secrets / CERTIFICATES
        user, password = "", ""
        if (settings.secrets / _USER).exists():
            user, password = _USER, read_secret(settings.secrets, _USER)
        self._hosts: list[SparkplugHost] = []
        self._links: list[OpcUaLink | MappedLink] = []
        for address in settings.source:
            if urlsplit(address).scheme in {"mqtt", "mqtts"}:
                tls = MqttAddress.parse(address).context(settings.secrets)
                self._hosts.append(SparkplugHost(address, inbox, user=user, password=password, tls=tls))
            else:
                self._links.append(OpcUaLink(
                    address, inbox, user=user, password=password, data=self._certificates, trust=self._trust
                ))  # fmt: skip
        if self._links and user:
            publish_certificate(self._certificates, settings.secrets)
        self._links += [self._mapped(file) for file in settings.map]

    def _mapped(self, file: Path) -> MappedLink:
        mapping = read_mapping(file)
        password = read_secret(self._secrets, mapping.plant) if mapping.user else ""
        return MappedLink(mapping, self._inbox, password=password, data=self._certificates, trust=self._trust)

    def runners(self) -> list[SparkplugHost | OpcUaLink | MappedLink]:
        """Return what is to run."""
        return [*self._hosts, *self._links]

    def links(self) -> Sequence[Link]:
        """Return every link to a plant; a broker's links appear as its plants do."""
        found: list[Link] = list(self._links)
        for host in self._hosts:
            found += host.links.values()
        return found

    def statuses(self) -> Sequence[LinkStatus]:
        """Return the status of every link, and of brokers that have not told of a plant yet."""
        waiting = [host.status for host in self._hosts if not host.links]
        return [link.status for link in self.links()] + waiting

    def brokers(self) -> list[LinkStatus]:
        """Return the status of every connection to a broker."""
        return [host.status for host in self._hosts]

    def ignored(self) -> int:
        """Count the messages of all brokers that nothing was done with."""
        return sum(host.ignored for host in self._hosts)

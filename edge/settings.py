"""What the edge is configured with: the only reader of the environment and of the configuration file."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from twin.loopback import is_loopback

PREFIX = "EDGE_"
DEFAULT_PORTS = {"opc.tcp": 4840, "mqtt": 1883, "mqtts": 8883}


class SettingsError(ValueError):
    """A setting that cannot be used; the text names where it stands, the cause and the remedy."""


class Settings(BaseSettings):
    """The edge's settings: command line first, then environment (`EDGE_…`), then file, then these defaults."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    source: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="addresses of the plants: opc.tcp://host:port, mqtts://host:port, or on loopback mqtt://host:port",
    )
    map: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(), description="mapping files of plants behind somebody else's OPC UA servers"
    )
    data: Path = Field(default=Path("data"), description="directory of store and outbox")
    secrets: Path = Field(default=Path("secrets"), description="directory of passwords and tokens")
    store: Literal["duckdb", "influxdb"] = Field(
        default="duckdb", description="where history is kept: a file in the data directory, or a server"
    )
    store_memory_mb: int = Field(
        default=64,
        ge=32,
        le=1_000_000,
        description="memory in MB that the store in a file may use of its own",
    )
    max_question_s: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="longest time in s that the store in a file may take for an answer",
    )
    influxdb_url: str = Field(
        default="",
        description="address of an InfluxDB 2 server, https://HOST:PORT, or on loopback http://HOST:PORT",
    )
    influxdb_plain_http: bool = Field(
        default=False,
        description="let the token and all data go to the server in clear: for a network that nobody else shares",
    )
    influxdb_org: str = Field(
        default="", description="organisation there; its token is the secret `influxdb`"
    )
    influxdb_prefix: str = Field(
        default="factory", pattern="^[a-z][a-z0-9_]{0,40}$", description="first part of the buckets' names"
    )
    influxdb_raw_days: int = Field(
        default=30, ge=0, le=36_500, description="days for which samples are kept there; 0 keeps all"
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    tls_certificate: Path | None = Field(
        default=None, description="PEM file of the server's certificate chain"
    )
    tls_key: Path | None = Field(default=None, description="PEM file of its key")
    behind_proxy: bool = Field(
        default=False,
        description="TLS ends at a proxy in front, which alone reaches this host: serve plain HTTP",
    )
    utc_offset: float = Field(
        default=8.0, ge=-12, le=14, description="hours from UTC to the plants' local day"
    )
    max_range_days: float = Field(default=366.0, gt=0, le=3660, description="longest time range of one query")
    max_points: int = Field(
        default=10_000, ge=100, le=100_000, description="most points or windows of one answer"
    )
    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="least severe log line"
    )

    @field_validator("map", mode="before")
    @classmethod
    def _files(cls, value: Any) -> Any:
        """Take a comma-separated text as well as a list."""
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("source", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Take a comma-separated text as well as a list."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        if not (isinstance(value, list | tuple) and all(isinstance(part, str) for part in value)):
            raise ValueError('no list of addresses; write for example ["opc.tcp://127.0.0.1:4840"]')
        return tuple(value)

    @field_validator("source")
    @classmethod
    def _addresses(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for source in sources:
            parts = urlsplit(source)
            try:
                usable = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
            except ValueError:
                usable = False
            if not usable:
                raise ValueError(
                    f"{source!r} is no plant address; use opc.tcp://HOST:PORT or mqtt://HOST:PORT"
                )
            if parts.scheme == "mqtt" and not is_loopback(parts.hostname or ""):
                raise ValueError(
                    f"{source!r} leaves this machine, where MQTT needs TLS; use mqtts://{parts.netloc.rpartition('@')[2]}"
                )
            if parts.password:
                raise ValueError(
                    f"the address of {parts.hostname} holds a password; put it in the secrets directory"
                )
        if len(set(sources)) != len(sources):
            raise ValueError("a source is named twice; name each address once")
        return sources

    @field_validator("influxdb_url")
    @classmethod
    def _server(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("no address of a server; write for example http://127.0.0.1:8086")
        if parts.username or parts.password:  # before anything that would repeat the address
            raise ValueError(
                "the address holds a password; put the token in the secrets directory, file `influxdb`"
            )
        return url.rstrip("/")

    @model_validator(mode="after")
    def _encrypted(self) -> "Settings":
        """Refuse to send tokens in the clear over a network."""
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together; give both or none")
        if not (self.local or self.tls_certificate or self.behind_proxy):
            raise ValueError(
                f"host {self.host!r} is not loopback, where tokens need TLS; give tls_certificate and tls_key, or "
                "behind_proxy = true where TLS ends at a proxy in front"
            )
        server = urlsplit(self.influxdb_url)
        if server.scheme == "http" and not (is_loopback(server.hostname or "") or self.influxdb_plain_http):
            raise ValueError(
                f"influxdb_url {self.influxdb_url!r} leaves this machine, where the token needs TLS; use https://, or "
                "influxdb_plain_http = true on a network that nobody else shares"
            )
        return self

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)


def load(config: Path | None = None, **options: Any) -> Settings:
    """Read the settings; `options` are the command line's, None where not given. Raises SettingsError."""
    given = {name: value for name, value in options.items() if value is not None and value != ()}
    known = ", ".join(Settings.model_fields)
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name[len(PREFIX) :].lower() not in Settings.model_fields:
            raise SettingsError(
                f"environment variable {name}: unknown setting; known after {PREFIX}: {known.upper()}"
            )
    in_file = _read(config)
    for name in in_file:
        if name not in Settings.model_fields:
            raise SettingsError(f"{config}: unknown key {name!r}; known keys: {known}")

    class Layered(Settings):
        """Settings with the configuration file behind the environment."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config)

    try:
        return Layered(**given)
    except ValidationError as error:
        first = error.errors()[0]
        cause = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:  # several settings together
            raise SettingsError(f"{config or 'settings'}: {cause}") from None
        name = str(first["loc"][0])
        if name in given:
            where = f"option --{name.replace('_', '-')}"
        elif any(variable.upper() == f"{PREFIX}{name.upper()}" for variable in os.environ):
            where = f"environment variable {PREFIX}{name.upper()}"
        else:
            where = f"{config}: key {name!r}"
        raise SettingsError(f"{where}: {cause} (given: {_short(first['input'])})") from None


def _read(config: Path | None) -> dict[str, Any]:
    if config is None:
        return {}
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{config}: no such file; give --config an existing TOML file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{config}: cannot be read: {error}; give --config a TOML file in UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{config}: not valid TOML: {error}; correct the file there") from None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."

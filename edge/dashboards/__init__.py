"""Grafana dashboards over the InfluxDB store: built as classic JSON, provisioned by file or pushed to a server.

`page`, `panel`, `question`, `variable` and `annotation` are the kit; `proof` holds questions against what the store
writes, reading them with `flux_reader`; `build` writes what was proven, ours or a page of one's own. The other modules
are dashboards, or the alert rules. The SDK is needed for building alone; what is built lies in `dashboards/` and is
packaged with the edge.
"""

"""Grafana dashboards over the InfluxDB store: built as classic JSON, provisioned by file or pushed to a server.

`page`, `panel`, `question`, `variable` and `annotation` are the kit; each other module is a dashboard, or the alert
rules. The SDK is needed for building alone; what is built lies in `dashboards/` and is packaged with the edge.
"""

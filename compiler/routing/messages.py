"""Alertmanager's message templates: the title is what a phone shows first, every message carries its links."""

_TITLE = """\
{{ define "platform.title" -}}
[{{ .Status | toUpper }}{{ if eq .Status "firing" }} {{ .Alerts.Firing | len }}{{ end }}]
{{- " " }}{{ .CommonLabels.priority }} {{ .CommonLabels.workload }}/{{ .CommonLabels.service }}:
{{- " " }}{{ .CommonLabels.alertname }}
{{- end }}
"""

_TEXT = """\
{{ define "platform.text" -}}
{{ range .Alerts -}}
{{ .Annotations.summary }}
{{ .Annotations.description }}
Runbook: {{ .Annotations.runbook_url }}
Dashboard: {{ .Annotations.dashboard_url }}

{{ end }}
{{- end }}
"""

_HTML = """\
{{ define "platform.html" -}}
{{ range .Alerts -}}
<p><b>{{ .Labels.alertname }}</b> ({{ .Labels.priority }}, {{ .Labels.workload }}/{{ .Labels.service }})<br>
{{ .Annotations.summary }}<br>{{ .Annotations.description }}<br>
<a href="{{ .Annotations.runbook_url }}">Runbook</a>, <a href="{{ .Annotations.dashboard_url }}">dashboard</a></p>
{{ end }}
{{- end }}
"""

TEMPLATES = "\n".join((_TITLE, _TEXT, _HTML))
"""The file that Alertmanager loads: platform.title, platform.text, platform.html."""

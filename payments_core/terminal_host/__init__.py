"""The acquirer host, where terminals call by ISO 8583 over TLS (docs/terminal-protocol.md).

It runs as `python -m payments_core.terminal_host`.
"""

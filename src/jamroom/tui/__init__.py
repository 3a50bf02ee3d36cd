"""The console: a process of its own that draws snapshots and sends what people ask for."""

"""What people are shown of a topology: graphs as layers, in a terminal, as Mermaid and as SVG."""

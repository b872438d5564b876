"""From the domain to plain JSON, static SVG and HTML."""

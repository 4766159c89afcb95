"""The smallest files that are what they say: a picture and a sound, as Base64."""

from typing import Final

from mcp_types import Icon

PNG: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
"""One red pixel."""
WAV: Final = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA=="
"""One sample of silence, at 8 kHz."""
ICON: Final = Icon(src=f"data:image/png;base64,{PNG}", mime_type="image/png", sizes=["1x1"])

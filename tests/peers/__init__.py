"""RTSP servers that others wrote."""

"""The ONVIF client, without Home Assistant."""

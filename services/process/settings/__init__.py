"""The settings of each room, of which `services.process.config` makes the one configuration."""

"""The broker that the demo starts: Mosquitto where it is installed, amqtt where not, one list of rights."""

"""The demo: broker, plants and edge as processes of their own, started, watched and ended by one supervisor."""

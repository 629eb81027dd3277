"""The digital twin: plant models, figures, controllers, experiments and the wire to the edge."""

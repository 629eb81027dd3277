"""Training: drills for a class, planned faults, the score, and the veil over the truth while a drill runs."""

# %% Explore a line
"""Explore a line, without any network: the model that the demo publishes, a few ten thousand times faster.

Cells for VS Code, Jupyter (with jupytext) or plain Python: `python docs/tutorials/explore_a_line.py` (about a minute).
The pictures go to build/tutorial.
"""

# %% A plant, and one shift of it
from datetime import UTC, datetime
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from plants.stamping import Stamping
from twin.lab.calibrate import calibrate
from twin.lab.experiment import run_experiment
from twin.lab.interval import mean_interval
from twin.lab.ledger_tally import line_figures
from twin.model.simulation import Simulation

PICTURES = Path("build/tutorial")
PICTURES.mkdir(parents=True, exist_ok=True)

simulation = Simulation(Stamping(), seed=1, start=datetime(2026, 1, 5, tzinfo=UTC))
frames = simulation.advance(4 * 3600)
print(f"{len(frames)} frames, {sum(len(frame.values) for frame in frames)} samples in 4 h")

# %% Telemetry: the tonnage of the draw press, stroke by stroke
press = simulation.declaration.unit("op10")
tonnage = press.tag_names.index("tonnage_deviation")
strokes = [
    (time, value)
    for frame in frames
    if frame.source == press.path
    for tag, time, value in zip(frame.tags, frame.times_ms, frame.values, strict=True)
    if tag == tonnage
]
times, values = np.array(strokes).T
plt.figure(figsize=(9, 3))
plt.plot((times - times[0]) / 60_000, values, linewidth=0.6)
plt.axhline(7, color="grey", linestyle=":")
plt.axhline(-7, color="grey", linestyle=":")
plt.xlabel("minutes")
plt.ylabel("tonnage deviation, %")
plt.tight_layout()
plt.savefig(PICTURES / "tonnage.png")

# %% The ledger: where the time of the line went
page = simulation.ledger()["line"]
seconds = {key.removeprefix("seconds/"): value for key, value in page.items() if key.startswith("seconds/")}
names, hours = zip(*sorted(seconds.items(), key=lambda item: item[1]), strict=True)
plt.figure(figsize=(9, 3))
plt.barh(names, np.array(hours) / 3600)
plt.xlabel("hours")
plt.tight_layout()
plt.savefig(PICTURES / "time.png")

# %% A mechanism and its effect: quicker die changes, three replications each, the same random numbers
minutes = (18.0, 12.0, 6.0)
oee = []
for changeover in minutes:
    runs = run_experiment(Stamping(changeover=changeover), replications=3, days=2, warmup_days=0.5)
    figures = [line_figures(run) for run in runs]
    oee.append(mean_interval([f["availability"] * f["effectiveness"] * f["quality_ratio"] for f in figures]))
for changeover, interval in zip(minutes, oee, strict=True):
    print(f"die change {changeover:4.0f} min: OEE {interval.mean:.3f} ± {interval.half_width:.3f}")
plt.figure(figsize=(5, 3))
plt.errorbar(
    minutes, [interval.mean for interval in oee], yerr=[interval.half_width for interval in oee], fmt="o-"
)
plt.xlabel("die change, min")
plt.ylabel("OEE")
plt.tight_layout()
plt.savefig(PICTURES / "changeover.png")

# %% Does the baseline reproduce its data sheet?
for row in calibrate(Stamping(), replications=3, days=2).rows:
    print(f"{row.name:16} target {row.target:8.4f}  simulated {row.simulated.mean:8.4f}  {row.verdict}")

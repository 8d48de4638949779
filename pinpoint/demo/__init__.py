"""The main job, played on a local chain: three tasks, three endings."""

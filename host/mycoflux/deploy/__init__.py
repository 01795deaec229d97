"""puts the runtime and programs on boards."""

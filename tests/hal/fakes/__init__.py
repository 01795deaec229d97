"""What drivers drive, as datasheets describe it. Nothing here imports a driver, or allocates in a call."""

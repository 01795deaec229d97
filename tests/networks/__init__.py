"""Networks from the literature, as several simulators run them. Nothing here is a test by itself."""

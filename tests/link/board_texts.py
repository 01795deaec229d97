"""Board files as texts, for tests to bend."""

HEAD = """
name = "mine"
title = "My board"
chip = "RP2040"
arch = "armv6m"
micropython_min = "1.19"
heap_kib = 192
ram_kib = 264
flash_kib = 2048
runtime = "myco"
url = "/dev/ttyACM0"
"""

"""The drivers of hal/, against fakes of what they drive.

Files here but `on_*` and `test_on_*` import nothing that MicroPython does not have: they run there, too.
"""

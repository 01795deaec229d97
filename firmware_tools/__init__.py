"""Tools of this repository's makers: kernels to .mpy, emulators. Nothing of it is in the wheel."""

#!/bin/sh
# Install what the emulated boards need: QEMU, the micro:bit's stock firmware, the compiler for bare ARM machines
# (51 MB to fetch, 450 MB on disk), and Debian 13's 32-bit ARM MicroPython with its libraries, unpacked into a
# cache folder. Safe to run again: what is there
# stays, and when all is there it says nothing.
#
#   MYCOFLUX_EMULATORS  where the ARM MicroPython goes (default: $XDG_CACHE_HOME/mycoflux or ~/.cache/mycoflux)
#   DEBIAN_MIRROR       where it comes from (default: http://deb.debian.org/debian)
set -eu

SYSTEM_PACKAGES="qemu-user-static qemu-system-arm firmware-microbit-micropython gcc-arm-none-eabi"
ARM_PACKAGES="micropython libc6 libffi8 libgcc-s1 libmbedcrypto16 libmbedtls21 libmbedx509-7"
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
ROOT=${MYCOFLUX_EMULATORS:-${XDG_CACHE_HOME:-$HOME/.cache}/mycoflux}
WORK=

say() { printf '%s\n' "$*" >&2; }
fail() { say "install_emulators: $*"; exit 1; }
clean() { if [ -n "$WORK" ]; then rm -rf "$WORK"; fi; }
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

missing_packages() {
    command -v qemu-arm-static >/dev/null || printf 'qemu-user-static '
    command -v qemu-system-arm >/dev/null || printf 'qemu-system-arm '
    [ -f /usr/share/firmware-microbit-micropython/firmware.hex ] || printf 'firmware-microbit-micropython '
    command -v arm-none-eabi-gcc >/dev/null || printf 'gcc-arm-none-eabi '
}

install_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || fail "no apt-get here. Install these by hand: $missing"
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        fail "needs root. Run: sudo apt-get install $SYSTEM_PACKAGES, and then this again"
    fi
    say "installing $missing"
    # shellcheck disable=SC2086  # both are lists of words
    $as_root apt-get install -y --no-install-recommends $missing >/dev/null 2>&1 && return 0
    # The package lists may be old or absent: refresh them and try once more, now audibly.
    # shellcheck disable=SC2086
    { $as_root apt-get update -q && $as_root apt-get install -y -q --no-install-recommends $missing; } >&2 ||
        fail "apt-get could not install $missing(on Debian and Ubuntu they are in main and universe)"
}

# apt with a configuration of its own, so that the system's architectures and sources stay as they are.
private_apt() {
    sandbox=
    [ "$(id -u)" != 0 ] || sandbox="-o APT::Sandbox::User=root"
    # shellcheck disable=SC2086  # sandbox is a list of words
    apt-get -q \
        -o Dir::Etc="$WORK/apt" -o Dir::Etc::sourcelist="$WORK/apt/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State="$WORK/state" -o Dir::State::lists="$WORK/lists" \
        -o Dir::State::status="$WORK/status" -o Dir::Cache="$WORK/cache" \
        -o APT::Architecture=armhf -o APT::Architectures=armhf $sandbox "$@"
}

install_armv7() {
    [ ! -x "$ROOT/armv7/fs/usr/bin/micropython" ] || return 0
    for tool in apt-get dpkg-deb; do
        command -v $tool >/dev/null || fail "no $tool here; the armv7 board can be installed on Debian and Ubuntu only"
    done
    [ -f "$KEYRING" ] || fail "Debian's keys are missing. Run: sudo apt-get install debian-archive-keyring"
    say "fetching Debian 13's ARM MicroPython into $ROOT/armv7"
    mkdir -p "$ROOT"
    WORK=$(mktemp -d "$ROOT/.armv7.XXXXXX")  # on the same file system, so that the last mv is atomic
    mkdir -p "$WORK/apt" "$WORK/state" "$WORK/lists/partial" "$WORK/cache/archives/partial" \
        "$WORK/debs" "$WORK/armv7/fs/usr/lib"
    : >"$WORK/status"
    echo "deb [signed-by=$KEYRING] $MIRROR trixie main" >"$WORK/apt/sources.list"
    private_apt update >"$WORK/log" 2>&1 || { cat "$WORK/log" >&2; fail "Debian 13's package list did not come"; }
    # shellcheck disable=SC2086  # a list of words
    (cd "$WORK/debs" && private_apt download $ARM_PACKAGES) >"$WORK/log" 2>&1 ||
        { cat "$WORK/log" >&2; fail "Debian 13's packages did not come"; }
    ln -s usr/lib "$WORK/armv7/fs/lib"
    for deb in "$WORK"/debs/*.deb; do
        dpkg-deb -x "$deb" "$WORK/armv7/fs"
    done
    answer=$(qemu-arm-static -L "$WORK/armv7/fs" "$WORK/armv7/fs/usr/bin/micropython" -c 'print(6 * 7)') || answer=
    [ "$answer" = 42 ] || fail "the ARM MicroPython does not run here (it answered '$answer')"
    rm -rf "$ROOT/armv7"
    mv "$WORK/armv7" "$ROOT/armv7"
}

install_packages
install_armv7

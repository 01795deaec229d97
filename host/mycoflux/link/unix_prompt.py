"""A board's prompt for builds of MicroPython's unix port that have no raw REPL of their own (before 1.28).

`PROMPT` runs on the interpreter that plays the board, and speaks the raw REPL as
https://docs.micropython.org/en/latest/reference/repl.html describes it, without raw-paste (which a
board may refuse: it answers `R\\x00`). The friendly prompt is only what leads into the raw one.
"""

PROMPT = r"""
def _prompt():
    import gc, micropython, os, sys

    source = sys.stdin.buffer
    out = sys.stdout.buffer
    friendly = sys.version.split('; ')[-1].encode() + b'\r\n>>> '
    raw_banner = b'raw REPL; CTRL-B to exit\r\n>'
    names = {'__name__': '__main__'}

    def run(code, name):
        try:
            exec(compile(code, name, 'exec'), names)
        except SystemExit:
            raise
        except BaseException as e:
            return e

    if 'main.py' in os.listdir():
        with open('main.py') as f:
            text = f.read()
        e = run(text, 'main.py')
        if e:
            sys.print_exception(e)
        text = None
    out.write(friendly)
    raw = False
    line = bytearray()
    while True:
        try:
            byte = source.read(1)
        except KeyboardInterrupt:
            byte = b'\x03'
        if not byte:
            return
        c = byte[0]
        if c == 1:
            if raw and line == b'\x05A':
                out.write(b'R\x00')
            else:
                out.write(raw_banner if raw else b'\r\n' + raw_banner)
            raw = True
            line = bytearray()
        elif c == 2:
            out.write(b'\r\n' + friendly)
            raw = False
            line = bytearray()
        elif c == 3:
            line = bytearray()
            if not raw:
                out.write(b'\r\n>>> ')
        elif c != 4:
            if raw:
                line.append(c)
            elif c == 13:
                out.write(b'\r\n>>> ')
        elif not raw:
            return
        else:
            out.write(b'OK')
            if not line:
                out.write(b'\r\n')
                return
            code = line
            line = bytearray()
            e = None
            try:
                code = str(code, 'utf8')
            except UnicodeError as error:
                e = error
            if e is None:
                e = run(code, '<stdin>')
            code = None
            out.write(b'\x04')
            if e:
                sys.print_exception(e, sys.stdout)
                e = None
            micropython.kbd_intr(3)
            gc.collect()
            out.write(b'\x04>')

_prompt()
"""

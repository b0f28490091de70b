# Runs a program on a terminal of its own. Commands come as lines: keys HEX, size COLUMNS ROWS, signal N.
# Standard output is what the terminal got; standard error tells pid, modes before and after, and exit.
import fcntl, os, select, struct, subprocess, sys, termios

columns, rows = int(sys.argv[1]), int(sys.argv[2])
master, slave = os.openpty()


def size(columns, rows):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def tell(*words):
    print(*words, file=sys.stderr, flush=True)


def own():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


size(columns, rows)
tell("before", termios.tcgetattr(slave))
child = subprocess.Popen(sys.argv[3:], stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=own)
tell("pid", child.pid)
typed = b""
inputs = [0, master]
while child.poll() is None or select.select([master], [], [], 0)[0]:
    ready = select.select(inputs, [], [], 0.05)[0]
    if master in ready:
        os.write(1, os.read(master, 65536))
    if 0 in ready:
        chunk = os.read(0, 65536)
        if not chunk:
            child.kill()
            inputs.remove(0)
        typed += chunk
        *lines, typed = typed.split(b"\n")
        for line in lines:
            words = line.decode().split(" ")
            if words[0] == "keys":
                os.write(master, bytes.fromhex(words[1]))
            elif words[0] == "size":
                size(int(words[1]), int(words[2]))
            elif words[0] == "signal":
                child.send_signal(int(words[1]))
tell("after", termios.tcgetattr(slave))
tell("exit", child.returncode)

# SPDX-License-Identifier: MIT
"""What the library may not do, seen in its objects: print, exit, abort, read the environment or the clock, install handlers, start
threads, change BLAS threads; and no variable that is not constant (no global and no thread-local state)."""
import os
import subprocess
import sys

FORBIDDEN = set("""
  printf fprintf vprintf vfprintf dprintf puts fputs putchar putc fputc fwrite perror fopen freopen fdopen open write stdout stderr
  exit _exit _Exit quick_exit abort atexit at_quick_exit on_exit __assert_fail __assert_rtn longjmp _longjmp __longjmp_chk
  getenv secure_getenv setenv putenv unsetenv setlocale uselocale newlocale
  signal sigaction raise kill sigprocmask pthread_sigmask pthread_kill
  time clock clock_gettime gettimeofday getrandom getentropy rand srand random srandom drand48 arc4random sleep usleep nanosleep
  pthread_create thrd_create fork vfork execve system popen dlopen dlsym
  openblas_set_num_threads goto_set_num_threads omp_set_num_threads openblas_set_num_threads_local
""".split())
# Time limits, asked for by an option.
ALLOWED = {("base_clock.c.o", "clock_gettime")}
FORBIDDEN |= {f"__{name}_chk" for name in ("printf", "fprintf", "vprintf", "vfprintf", "dprintf")}
WRITABLE = (".data", ".bss", ".tdata", ".tbss")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def main():
    library, instrumented = sys.argv[1], "--instrumented" in sys.argv[2:]
    wrong = n_objects = 0
    for line in run("nm", "--undefined-only", "--print-file-name", library).splitlines():
        name = line.split()[-1].split("@")[0]
        if name in FORBIDDEN and (line.split(":")[-2].split("/")[-1], name) not in ALLOWED:
            print(f"{line.split()[0]} calls {name}", file=sys.stderr)
            wrong = 1
    member = ""
    for line in run("objdump", "--section-headers", library).splitlines():
        words = line.split()
        if "file format" in line:
            member = line.split(":")[0]
            n_objects += 1
        elif len(words) >= 6 and words[0].isdigit() and not instrumented:
            section, size = words[1], int(words[2], 16)
            writable = section in WRITABLE or section.startswith(tuple(f"{name}." for name in WRITABLE))
            if writable and not section.startswith(".data.rel.ro") and size > 0:
                print(f"{member} has {size} bytes of writable variables in {section}", file=sys.stderr)
                wrong = 1
    if n_objects == 0:
        print(f"{library} has no objects", file=sys.stderr)
        return 1
    return wrong


sys.exit(main())

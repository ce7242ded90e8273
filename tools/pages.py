# SPDX-License-Identifier: MIT
"""The manual page and the completions, from what --help says: the option tables in C are the only source.

usage: pages.py PROGRAM FOLDER    writes metagame.1, metagame.bash and _metagame into FOLDER; a test compares them with those in tools/."""
import pathlib
import re
import subprocess
import sys
import textwrap

COMMANDS = ("text", "table", "game", "verify", "report", "compare")
OPERANDS = {"text": "PROMPT", "table": "", "game": "FILE", "verify": "RESULT.json", "report": "RESULT.json", "compare": "A.json B.json"}
REQUIRED = {"text": [("model", "FILE")], "table": [("x", "FILE"), ("background", "FILE")], "report": [("output", "FILE")]}
OPTION = re.compile(r"  (?:-(\w), )?--([a-z-]+)(?: (\S.*?))?(?:  +(\S.*))?$")


class Option:
    def __init__(self, letter, name, value, text):
        self.letter, self.name, self.value, self.text = letter, name, value, text

    def choices(self):
        return self.value.split("|") if self.value and "|" in self.value else []

    def takes_file(self):
        return bool(self.value) and self.value.startswith("FILE")


def read_help(program, command):
    """[(heading, [Option])] of a command."""
    text = subprocess.run([program, command, "--help"], stdout=subprocess.PIPE, check=True).stdout.decode()
    sections = []
    for line in text.split("\n"):
        heading = re.fullmatch(r"([A-Z].*):", line)
        match = OPTION.fullmatch(line)
        if heading and not line.startswith("usage"):
            sections.append((heading.group(1), []))
        elif match and sections:
            letter, name, value, words = match.groups()
            sections[-1][1].append(Option(letter, name, value, words or ""))
        elif line.startswith(" " * 28) and sections and sections[-1][1]:
            option = sections[-1][1][-1]
            option.text = (option.text + " " + line.strip()).strip()
    return [(heading, options) for heading, options in sections if options]


# ---- manual page ----

def mdoc(text):
    """Plain text as lines of mdoc, none of which begins like a macro."""
    lines = textwrap.wrap(text.replace("\\", "\\e"), 76, break_long_words=False, break_on_hyphens=False)
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in lines)


def item(option):
    """An .It line."""
    parts = ["Fl", "-" + option.name]
    if option.letter:
        parts = ["Fl", option.letter, ",", "Fl", "-" + option.name]
    parts = [p.replace("--", "\\-\\-", 1) if p.startswith("--") else p for p in parts]
    if option.value:
        parts += ["Ar", '"' + option.value.replace('"', '""') + '"' if " " in option.value or "|" in option.value else option.value]
    return ".It " + " ".join(parts)


HEAD = """.\\" SPDX-License-Identifier: MIT
.\\" Written by tools/pages.py from metagame --help; do not edit.
.Dd November 26, 2026
.Dt METAGAME 1
.Os
.Sh NAME
.Nm metagame
.Nd who moves whose importance: Shapley values of attributions
.Sh SYNOPSIS
"""
DESCRIPTION = """.Sh DESCRIPTION
Attribution methods say how important each word, column or player is for a
value.
.Nm
says what moves those importances: for each target
.Em i
and player
.Em j ,
how much
.Em j
changes the attribution of
.Em i .
It is the Shapley value of
.Em j
in the game
.Dq keep some players, drop the others, look at the attribution of i .
.Bl -tag -width compare
.It Cm text
words of a prompt, and what a language model makes of them
.It Cm table
a row of a CSV file, and a model of such rows
.It Cm game
a table of the values of all coalitions, or a sum of terms
.It Cm verify
the checks of a result in a file that need no model
.It Cm report
a page, a picture or numbers of a result in a file
.It Cm compare
how two results in files agree
.El
.Pp
Results are printed as a table with the strongest influences, and a
sentence that says which solver gave the numbers and why, how large their
error is, and how many more evaluations would halve it.
Where an output option names
.Sq - ,
standard output has that output alone.
Files appear under their names when they are complete, never in part.
.Pp
On a terminal, standard error has a line with rate and time left.
The first Ctrl-C (or
.Dv SIGTERM ,
.Dv SIGHUP )
ends the run: what is known is printed and written, marked as partial.
The second ends the program.
.Pp
Numbers have a decimal point in every locale.
There is no configuration file, and no colour.
.Pp
.Nm
.Fl -help
lists the commands,
.Nm
.Fl -version
has the version, and
.Nm
.Ar command
.Fl -help
the options of a command.
"""
TAIL = """.Sh ENVIRONMENT
.Bl -tag -width METAGAME_CACHE
.It Ev METAGAME_CACHE , Ev XDG_CACHE_HOME , Ev HOME
Where
.Nm
.Cm text
keeps the F32 copy of a quantised model without
.Fl -cache-dir :
the folder
.Pa models
of the first, the folder
.Pa metagame/models
of the second, or
.Pa .cache/metagame/models
of the third.
.El
.Sh FILES
.Ss Games
.Bl -bullet
.It
.Pa .npy :
the values of all 2^n coalitions in the order of their bit masks, player p
being bit p; with a second dimension, several for each.
.It
JSON: the same as an array of numbers or of arrays; or an object with these
as
.Qq values .
.It
JSON:
.Li {\\(dqn\\(dq: n, \\(dqconst\\(dq: c, \\(dqterms\\(dq: [[in, out, coef], ...]} ,
which is c and the sum of coef over the terms whose players
.Em in
(a bit mask) are all there and of
.Em out
none.
.El
.Pp
Objects may have labels:
.Qq players
and
.Qq targets .
.Ss Tables
CSV with commas; a first line in which a field is no number has the names
of the columns.
.Ss Programs as models
A program named by
.Fl -command
is started once, by the shell.
It reads rows of numbers with commas between, without a header, and writes
a line of values, with commas or spaces between, for each.
It must flush its output after each line, and end when its input ends.
.Sh EXIT STATUS
.Bl -tag -width 3n -compact
.It 0
All is well.
.It 1
A check failed, or the results differ.
Files are written all the same.
.It 2
The command line is wrong.
.It 3
An input file or the prompt is.
.It 4
The model cannot be loaded, or failed.
.It 5
The run was stopped early; what was written is valid and says so.
.It 6
Something could not be written.
.It 7
Memory, a size limit, or a defect.
.El
.Sh EXAMPLES
Which words move the relevance of which others, as a page:
.Dl $ metagame text --model m.gguf --target ' good, bad' --html r.html 'Not bad at all.'
.Pp
A program as the model of a table:
.Dl $ metagame table --x x.csv --background b.csv --command 'python3 model.py'
.Pp
All pair interactions of a table of values:
.Dl $ metagame game values.npy --index k-sii
.Pp
Did two seeds find the same?
.Dl $ metagame compare one.json two.json --tolerance 0.01
.Sh SEE ALSO
The folder
.Pa docs
of libmetagame:
.Pa command.md
has a tour,
.Pa result-format.md
the formats,
.Pa indices.md
which index answers which question.
.Rs
.%A H. Baniecki
.%A P. Biecek
.%A F. Fumagalli
.%T Attributions all the way down? The metagame of interpretability
.%R arXiv 2605.06295
.%D 2026
.Re
"""


def synopsis(command):
    lines = [".Nm", f".Cm {command}"]
    lines += [f".Fl -{name} Ar {value}" for name, value in REQUIRED.get(command, [])]
    if command == "table":
        lines += [".Fl -xgboost Ar FILE | Fl -command Ar PROGRAM"]
    lines += [".Op Ar option ..."] + [f".Ar {word}" for word in OPERANDS[command].split()]
    return lines


def write_manual(helps):
    lines = HEAD.rstrip("\n").split("\n")
    for command in COMMANDS:
        lines += synopsis(command)
    lines += DESCRIPTION.rstrip("\n").split("\n")
    for command in COMMANDS:
        lines.append(f".Sh METAGAME {command.upper()}")
        for heading, options in helps[command]:
            lines += [f".Ss {mdoc(heading)}", ".Bl -tag -width Ds"]
            for option in options:
                lines += [item(option), mdoc(option.text)]
            lines.append(".El")
    return "\n".join(lines) + "\n" + TAIL


# ---- completions ----

def write_bash(helps):
    lines = ["# SPDX-License-Identifier: MIT", "# Written by tools/pages.py from metagame --help; do not edit.", "_metagame() {",
             "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]:-}", "  COMPREPLY=()",
             "  if [ \"$COMP_CWORD\" -eq 1 ]; then",
             f"    COMPREPLY=($(compgen -W '{' '.join(COMMANDS)} --help --version' -- \"$cur\"))", "    return", "  fi",
             "  case $command:$prev in"]
    for command in COMMANDS:
        for _, options in helps[command]:
            for option in options:
                names = f"{command}:--{option.name}" + (f" | {command}:-{option.letter}" if option.letter else "")
                if option.choices():
                    lines.append(f"    {names}) COMPREPLY=($(compgen -W '{' '.join(option.choices())}' -- \"$cur\")); return ;;")
                elif option.takes_file():
                    lines.append(f"    {names}) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;")
                elif option.value:
                    lines.append(f"    {names}) return ;;")
    lines += ["  esac", "  case $cur in", "    -*) ;;", "    *) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;", "  esac", "  case $command in"]
    for command in COMMANDS:
        names = [f"--{o.name}" for _, options in helps[command] for o in options] + ["--help"]
        lines.append(f"    {command}) COMPREPLY=($(compgen -W '{' '.join(names)}' -- \"$cur\")) ;;")
    return "\n".join(lines + ["  esac", "}", "complete -o filenames -F _metagame metagame"]) + "\n"


def quote_zsh(text):
    for mark in "\\[]:":
        text = text.replace(mark, "\\" + mark)
    return text.replace("'", "'\\''")


def write_zsh(helps):
    lines = ["#compdef metagame", "# SPDX-License-Identifier: MIT", "# Written by tools/pages.py from metagame --help; do not edit.", "_metagame() {",
             "  local context state state_descr line", "  typeset -A opt_args",
             "  _arguments -C '(- *)--help[the commands]' '(- *)--version[the version]' '1:command:->command' '*::argument:->argument'",
             "  case $state in", f"    command) _values command {' '.join(COMMANDS)} ;;", "    argument)", "      case $line[1] in"]
    for command in COMMANDS:
        lines.append(f"        {command})")
        lines.append("          _arguments -s \\")
        for _, options in helps[command]:
            for option in options:
                action = f"({' '.join(option.choices())})" if option.choices() else "_files" if option.takes_file() else " "
                value = f":{quote_zsh('value' if option.choices() else option.value)}:{action}" if option.value else ""
                star = "*" if option.value and option.value.startswith("NAME=") else ""
                for name in [f"-{option.letter}"] * bool(option.letter) + [f"--{option.name}"]:
                    lines.append(f"            '{star}{name}[{quote_zsh(option.text)}]{value}' \\")
        lines += ["            '--help[the options]' '*:file:_files'", "          ;;"]
    return "\n".join(lines + ["      esac", "      ;;", "  esac", "}", "_metagame \"$@\""]) + "\n"


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    helps = {command: read_help(program, command) for command in COMMANDS}
    for name, text in (("metagame.1", write_manual(helps)), ("metagame.bash", write_bash(helps)), ("_metagame", write_zsh(helps))):
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

/* SPDX-License-Identifier: MIT */
/* The commands: argv[0] is the command's name. Each returns an exit code. */
#ifndef TOOL_COMMANDS_H
#define TOOL_COMMANDS_H

int command_text(int argc, char **argv);
int command_table(int argc, char **argv);
int command_game(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_report(int argc, char **argv);
int command_compare(int argc, char **argv);

#endif

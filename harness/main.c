/* main.c - find the command, run it, say what failed, return its status. */
#include "cli/cli.h"

int main(int argc, char **argv) { return cli_main(argc, argv); }

/* commands.h - the table of commands, in the order of --help. */
#define COMMAND_MAP(XX) \
  XX(grade)           \
  XX(bench)

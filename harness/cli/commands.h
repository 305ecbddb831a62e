/* commands.h - the table of commands, in the order of --help. */
#define COMMAND_MAP(XX)                                                          \
  XX(run)                                                                        \
  XX(rollout)                                                                    \
  XX(train)                                                                      \
  XX(grade)                                                                      \
  XX(compare)                                                                    \
  XX(report)                                                                     \
  XX(tasks)                                                                      \
  XX(generate)                                                                   \
  XX(tokenizer)                                                                  \
  XX(devices)                                                                    \
  XX(bench)                                                                      \
  XX(mock_endpoint)

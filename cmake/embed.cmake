# Files that travel inside the program: the suite definitions. The assembler's .incbin takes
# the bytes as they are, so there is no generated C to compile.
#
# oreo_embed(target symbol file...) adds `const struct embedded_file symbol[]`, ended by a
# NULL name (base/embed.h).
function(oreo_embed target symbol)
  set(asm "    .section .rodata\n")
  set(rows "")
  set(index 0)
  foreach(file IN LISTS ARGN)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${file})
    string(APPEND asm "    .balign 16\n    .globl ${symbol}_${index}\n${symbol}_${index}:\n"
      "    .incbin \"${file}\"\n    .globl ${symbol}_${index}_end\n${symbol}_${index}_end:\n"
      "    .byte 0\n")
    string(APPEND externs
      "extern const char ${symbol}_${index}[], ${symbol}_${index}_end[];\n")
    string(APPEND rows "  { \"${name}\", ${symbol}_${index}, ${symbol}_${index}_end },\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND asm "    .section .note.GNU-stack,\"\",%progbits\n")
  set(base ${PROJECT_BINARY_DIR}/embed/${symbol})
  file(CONFIGURE OUTPUT ${base}.s CONTENT "${asm}" @ONLY)
  file(CONFIGURE OUTPUT ${base}.c @ONLY CONTENT
"#include \"base/embed.h\"\n\n${externs}
const struct embedded_file ${symbol}[] = {\n${rows}  { 0, 0, 0 },\n};\n")
  # clang is strict about flags that mean nothing to an assembler
  set_source_files_properties(${base}.s PROPERTIES OBJECT_DEPENDS "${ARGN}"
    COMPILE_OPTIONS -Wno-unused-command-line-argument)
  target_sources(${target} PRIVATE ${base}.c ${base}.s)
endfunction()

if(TARGET oreo_task)
  file(GLOB definitions CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tasks/*/suite.json
    ${PROJECT_SOURCE_DIR}/tasks/*/fewshot*.json)
  oreo_embed(oreo_task embedded_tasks ${definitions})
endif()

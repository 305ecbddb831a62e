# shaders/<op>.comp: GLSL, compiled to SPIR-V at build time and embedded in the program.
#
# A shader whose first line is `// variants: NAME=FLAG,FLAG NAME=...` is compiled once for
# each: to <NAME>.spv with -DFLAG. Others go to <op>.spv. One with a line `// requires:
# FEATURE...` is left out when the installed compiler lacks one of them (cmake/probes/).
if(NOT TARGET oreo_gpu)
  return()
endif()

find_program(GLSLANG glslangValidator REQUIRED)
find_program(SPIRV_VAL spirv-val)

# What the installed compiler knows (cmake/probes/*.comp); the lists go into the program,
# so that `oreo-bench devices` can say what is missing and why.
foreach(feature coopmat bfloat16)
  execute_process(COMMAND ${GLSLANG} -V --target-env vulkan1.2 -S comp
      -o ${PROJECT_BINARY_DIR}/probe_${feature}.spv
      ${PROJECT_SOURCE_DIR}/cmake/probes/${feature}.comp
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  string(TOUPPER ${feature} name)
  if(status EQUAL 0)
    set(OREO_GLSL_${name} 1)
  else()
    set(OREO_GLSL_${name} 0)
  endif()
  target_compile_definitions(oreo_gpu PUBLIC OREO_GLSL_${name}=${OREO_GLSL_${name}})
endforeach()
message(STATUS "GLSL compiler: cooperative matrices ${OREO_GLSL_COOPMAT}, "
  "bfloat16 ${OREO_GLSL_BFLOAT16}")

set(spirv_dir ${PROJECT_BINARY_DIR}/shaders)
file(MAKE_DIRECTORY ${spirv_dir})
file(GLOB shader_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/shaders/*.h
  ${PROJECT_SOURCE_DIR}/shaders/*.glsl)
file(GLOB shader_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/shaders/*.comp)
set(spirv_files)
set(newer_sources)

function(oreo_shader name source)
  list(TRANSFORM ARGN PREPEND -D)
  # cooperative matrices need SPIR-V 1.6; all else runs on Vulkan 1.2
  set(environment vulkan1.2)
  if(source IN_LIST newer_sources)
    set(environment vulkan1.3)
  endif()
  add_custom_command(OUTPUT ${spirv_dir}/${name}.spv
    COMMAND ${GLSLANG} -V --quiet --target-env ${environment} -I${PROJECT_SOURCE_DIR}/shaders
      ${ARGN} -o ${spirv_dir}/${name}.spv ${source}
    DEPENDS ${source} ${shader_headers}
    COMMENT "Compiling shader ${name}" VERBATIM)
  set(spirv_files ${spirv_files} ${spirv_dir}/${name}.spv PARENT_SCOPE)
endfunction()

foreach(source IN LISTS shader_sources)
  get_filename_component(op ${source} NAME_WE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} required REGEX "^// requires: " LIMIT_COUNT 1)
  string(REGEX REPLACE "^// requires: " "" required "${required}")
  separate_arguments(required)
  set(known TRUE)
  foreach(feature IN LISTS required)
    string(TOUPPER ${feature} feature)
    if(NOT OREO_GLSL_${feature})
      set(known FALSE)
    endif()
  endforeach()
  if(NOT known)
    continue()
  endif()
  if(required)
    list(APPEND newer_sources ${source})
  endif()
  file(STRINGS ${source} variants REGEX "^// variants: " LIMIT_COUNT 1)
  if(variants)
    string(REGEX REPLACE "^// variants: " "" variants "${variants}")
    separate_arguments(variants)
    foreach(variant IN LISTS variants)
      string(REGEX MATCH "^([^=]+)=(.*)$" matched ${variant})
      set(name ${CMAKE_MATCH_1})
      string(REPLACE "," ";" flags "${CMAKE_MATCH_2}")
      oreo_shader(${name} ${source} ${flags})
    endforeach()
  else()
    oreo_shader(${op} ${source})
  endif()
endforeach()

oreo_embed(oreo_gpu embedded_shaders ${spirv_files})
# shared.h, which both sides compile
target_include_directories(oreo_gpu PUBLIC ${PROJECT_SOURCE_DIR}/shaders)

# tests/unit/<folder>/test_<module>.c links that folder and what is below it, cmocka, and
# nothing else. A test exits 0 (passed), 77 (skipped: what it needs is absent), or other.
find_library(CMOCKA_LIBRARY cmocka)
if(NOT CMOCKA_LIBRARY)
  message(WARNING "cmocka is not here: unit tests are left out; ./bootstrap installs it")
  return()
endif()

# The runner itself: CI checks that this one is seen to fail.
add_test(NAME self/fails COMMAND ${CMAKE_COMMAND} -E false)

foreach(folder ${layer_0} ${layer_1} ${layer_2} ${layer_3} ${layer_4} ${layer_5})
  file(GLOB tests CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${folder}/test_*.c)
  if(OREO_FUZZ) # only the fuzz targets are wanted then
    set(tests)
  endif()
  foreach(source IN LISTS tests)
    get_filename_component(name ${source} NAME_WE)
    set(target ${folder}_${name})
    add_executable(${target} ${source})
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_compile_definitions(${target} PRIVATE
      TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TEST_BINARY_DIR="${PROJECT_BINARY_DIR}")
    target_link_libraries(${target} PRIVATE oreo_${folder} ${CMOCKA_LIBRARY})
    set_target_properties(${target} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    add_test(NAME unit/${folder}/${name} COMMAND ${target})
    set(environment "OREO_TEST_DATA=${PROJECT_SOURCE_DIR}/../shared/data")
    # A Vulkan driver's threads may still hold memory of its own when the leak checker looks
    # (seen once in some eighty runs); harness/gpu/leaks.c names the drivers for runs by hand.
    if(folder STREQUAL gpu OR
       name MATCHES "^test_(op_|model$|model_random$|model_load$|generator$|completer$|local$|trainee)")
      list(APPEND environment "ASAN_OPTIONS=detect_leaks=0")
    endif()
    set_tests_properties(unit/${folder}/${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300
      ENVIRONMENT "${environment}")
  endforeach()
endforeach()

# tests/reference: what says what is correct, plain and in double precision.
if(TARGET nn_test_model_random)
  add_library(oreo_test_reference STATIC ${PROJECT_SOURCE_DIR}/tests/reference/llama.c
    ${PROJECT_SOURCE_DIR}/tests/reference/llama_grad.c
    ${PROJECT_SOURCE_DIR}/tests/reference/random_model.c)
  target_include_directories(oreo_test_reference PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(oreo_test_reference PUBLIC oreo_nn ${CMOCKA_LIBRARY})
  foreach(target nn_test_model_random nn_test_model_load nn_test_generator
      nn_test_trainee nn_test_trainee_step nn_test_trainee_save)
    target_link_libraries(${target} PRIVATE oreo_test_reference)
  endforeach()
endif()

# tests/cli/*.sh: the program as a user runs it. Each gets the program's path as $1 and an
# empty folder as its working folder. What computes does it under Khronos's validation
# layer where that is installed (unit tests ask for it themselves, tests/gpu_test.h).
find_file(VULKAN_VALIDATION VkLayer_khronos_validation.json
  PATHS /usr/share/vulkan/explicit_layer.d /usr/local/share/vulkan/explicit_layer.d
    /etc/vulkan/explicit_layer.d)
set(cli_environment "OREO_TEST_DATA=${PROJECT_SOURCE_DIR}/../shared/data")
if(VULKAN_VALIDATION)
  list(APPEND cli_environment "OREO_VULKAN_VALIDATION=1")
endif()
file(GLOB scripts CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/cli/test_*.sh)
foreach(script IN LISTS scripts)
  get_filename_component(name ${script} NAME_WE)
  add_test(NAME cli/${name} COMMAND ${PROJECT_SOURCE_DIR}/tests/cli/in_empty_folder
    ${script} $<TARGET_FILE:oreo-bench> ${PROJECT_SOURCE_DIR})
  set_tests_properties(cli/${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600
    ENVIRONMENT "${cli_environment}")
endforeach()

# tests/fuzz/fuzz_<what>.c: int LLVMFuzzerTestOneInput(const uint8_t *, size_t). With
# OREO_FUZZ (clang) they are libFuzzer programs; otherwise the same target replays its seed
# corpus once, so that every build runs them.
file(GLOB fuzzers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
foreach(source IN LISTS fuzzers)
  get_filename_component(name ${source} NAME_WE)
  file(STRINGS ${source} folder REGEX "^// links: " LIMIT_COUNT 1)
  string(REGEX REPLACE "^// links: " "oreo_" folder "${folder}")
  if(OREO_FUZZ)
    add_executable(${name} ${source})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  else()
    add_executable(${name} ${source} ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.c)
    add_test(NAME fuzz/${name}
      COMMAND ${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz/${name} PROPERTIES TIMEOUT 300)
  endif()
  target_link_libraries(${name} PRIVATE ${folder})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
endforeach()

# tests/net: misbehaving HTTP servers in the test's own process. Without libmicrohttpd the
# tests of downloads and calls say so and are skipped.
find_library(MICROHTTPD_LIBRARY microhttpd)
if(TARGET net_test_http AND MICROHTTPD_LIBRARY)
  add_library(oreo_test_server STATIC ${PROJECT_SOURCE_DIR}/tests/net/server.c
    ${PROJECT_SOURCE_DIR}/tests/net/raw.c ${PROJECT_SOURCE_DIR}/tests/net/certificate.c)
  target_link_libraries(oreo_test_server PUBLIC oreo_base ${MICROHTTPD_LIBRARY})
  foreach(test net_test_http net_test_client net_test_exchange)
    target_link_libraries(${test} PRIVATE oreo_test_server)
    target_compile_definitions(${test} PRIVATE HAVE_TEST_SERVER)
  endforeach()
endif()

# A server of OpenAI's API that answers by a script.
if(TARGET policy_test_endpoint AND MICROHTTPD_LIBRARY)
  add_library(oreo_scripted_server STATIC ${PROJECT_SOURCE_DIR}/tests/net/scripted.c)
  target_link_libraries(oreo_scripted_server PUBLIC oreo_flags ${MICROHTTPD_LIBRARY})
  foreach(target policy_test_endpoint policy_test_endpoint_open)
    target_link_libraries(${target} PRIVATE oreo_scripted_server)
    target_compile_definitions(${target} PRIVATE HAVE_TEST_SERVER)
  endforeach()
endif()

# tests/peers: against the programs of others. Of these only those that say themselves when
# their peer is absent are tests; OREO_PEER_PYTHON names the interpreter that has llama_cpp,
# transformers and what else they name.
find_program(PYTHON3 python3)
if(PYTHON3)
  foreach(peer llama_server transformers_models llama_gguf tokenizer_train train_parity)
    add_test(NAME peers/${peer} COMMAND ${PYTHON3}
      ${PROJECT_SOURCE_DIR}/tests/peers/${peer}.py $<TARGET_FILE:oreo-bench>)
    set_tests_properties(peers/${peer} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 1800
      ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1;ASAN_OPTIONS=detect_leaks=0")
  endforeach()
endif()

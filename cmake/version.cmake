# oreo_version.h, made anew at each build and rewritten only when it changes: the commit
# belongs into every manifest. Run as a script by the target below.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(COMMAND git -C ${SOURCE} describe --always --dirty=+ --abbrev=10
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT commit)
    set(commit unknown)
  endif()
  file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT
    "#define OREO_VERSION \"${VERSION}\"\n#define OREO_COMMIT \"${commit}\"\n")
else()
  set(version_header ${PROJECT_BINARY_DIR}/version/oreo_version.h)
  add_custom_target(oreo_version BYPRODUCTS ${version_header}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
      -DOUTPUT=${version_header} -P ${CMAKE_CURRENT_LIST_FILE}
    COMMENT "Looking up the commit")
  add_dependencies(oreo_config oreo_version)
  target_include_directories(oreo_config PRIVATE ${PROJECT_BINARY_DIR}/version)
endif()

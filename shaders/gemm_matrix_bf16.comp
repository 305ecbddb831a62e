#version 450
// requires: coopmat bfloat16
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_bfloat16 : require
#pragma use_vulkan_memory_model
#include "shared.h"
#include "half.glsl"

// Matrix products on 16-bit operands (bf16), for devices with matrix units.

#define HALF bfloat16_t
#define HALF_VALUE(x) bfloat16_t(x)
#include "gemm_matrix.glsl"

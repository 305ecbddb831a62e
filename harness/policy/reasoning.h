/* reasoning.h - what a model thought aloud, apart from what it answered.
 *
 * Servers without a reasoning parser leave "<think>...</think>" in the text; some
 * templates open the tag in the prompt, so that only "</think>" comes. A part that was
 * never closed is reasoning to the end: there is no answer then, and no number of it may
 * be graded as one. Pure; results are slices of `text`.
 *
 * Known pairs: <think>, <thinking>, <thought>, <seed:think>, [THINK], and the channels of
 * gpt-oss ("<|channel|>analysis<|message|>" up to "<|channel|>final<|message|>"). The
 * rules, in the text's order:
 *
 *   <think>a</think>b                  a | b
 *   a</think>b                         a | b: the prompt had opened it
 *   <think>a                           a | "": never closed
 *   <think>a</think><think>b</think>c  a</think><think>b | c: all up to the last
 *   a<think>b</think>c                 a<think>b | c: thought again, then answered
 *   a<think>b</think>                  b | a: thought after answering
 *   a<think>b                          no reasoning: the answer mentions the tag
 *   <think>a</think>b</think>          a | b</think>: a stray end is text
 *   <think></think>b                   no reasoning | b
 *
 * Where a thought stands both before and behind the answer, the reasoning is the text
 * from the first thought to the end, answer included: nothing is lost, and the answer is
 * still what stands between the two.
 */
#ifndef OREO_POLICY_REASONING_H
#define OREO_POLICY_REASONING_H

#include "base/str.h"

/* *reasoning is absent when there is none, then *answer is `text` (without tags that held
 * nothing). White space between the two is dropped. */
void reasoning_split(struct str text, struct str *reasoning, struct str *answer);

#endif

/* marker_words.h - the words that announce an answer, as tables; read by
 * extract_marker.c and by nothing else. Bytes of UTF-8 are escaped. Adding a language is
 * adding its word for "answer", and its "is" when that is not there yet; at most 32 words
 * a table of markers.
 */
#ifndef OREO_GRADE_MARKER_WORDS_H
#define OREO_GRADE_MARKER_WORDS_H

#include "grade/scan.h"

/* clang-format off */
/* The last byte of each word decides whether a place is looked at closely. */
static const struct str answer_words[] = {
  WORD("answer"), WORD("answers"), WORD("Ans"), WORD("Antwort"), WORD("respuesta"),
  WORD("resposta"), WORD("risposta"), WORD("antwoord"), WORD("cevap"), WORD("jawaban"),
  WORD("svar"), WORD("vastaus"), WORD("r\xC3\xA9ponse"), WORD("R\xC3\xA9ponse"),
  WORD("reponse"), WORD("odpowied\xC5\xBA"), WORD("Odpowied\xC5\xBA"),
  WORD("\xD0\xBE\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82"), /* Russian */
  WORD("\xD0\x9E\xD1\x82\xD0\xB2\xD0\xB5\xD1\x82"), /* the same, capital */
  WORD("\xE7\xAD\x94\xE6\xA1\x88"), /* Chinese */
  WORD("\xE7\xAD\x94\xE3\x81\x88"), /* Japanese */
  WORD("\xEC\xA0\x95\xEB\x8B\xB5"),
  WORD("\xEB\x8B\xB5"), /* Korean */
  WORD("\xC4\x91\xC3\xA1p \xC3\xA1n"), WORD("\xC4\x90\xC3\xA1p \xC3\xA1n"),
  WORD("\xD8\xA7\xD9\x84\xD8\xA5\xD8\xAC\xD8\xA7\xD8\xA8\xD8\xA9"), /* Arabic */
  WORD("\xE0\xA4\x89\xE0\xA4\xA4\xE0\xA5\x8D\xE0\xA4\xA4\xE0\xA4\xB0"), /* Hindi */
};

static const struct str result_words[] = {
  WORD("result"), WORD("solution"), WORD("solutions"), WORD("value"), WORD("Ergebnis"),
  WORD("resultado"), WORD("r\xC3\xA9sultat"), WORD("conclusion"), WORD("Final"),
  WORD("\xE7\xBB\x93\xE6\x9E\x9C"), /* Chinese */
};

/* Behind the word, after spaces and closing marks of emphasis. */
static const struct str connectors[] = {
  WORD(":"), WORD("="), WORD("->"), WORD("=>"), WORD("is"), WORD("are"), WORD("was"),
  WORD("be"), WORD("equals"), WORD("out to"), WORD("becomes"), WORD("est"), WORD("ist"),
  WORD("es"), WORD("son"), WORD("sono"), WORD("lautet"), WORD("s\xC4\x85"),
  WORD("\xC3\xA9"), WORD("\xC3\xA8"), WORD("\xE6\x98\xAF"), WORD("\xE4\xB8\xBA"),
  WORD("\xE7\x82\xBA"), WORD("\xE3\x81\xAF"), WORD("\xEC\x9D\x80"), WORD("\xEB\x8A\x94"),
  WORD("l\xC3\xA0"), WORD("\xE2\x86\x92"),
};

/* Words of no weight between the connector and the answer. */
static const struct str fillers[] = {
  WORD("therefore"), WORD("thus"), WORD("simply"), WORD("just"), WORD("equal to"),
  WORD("given by"), WORD("that"), WORD("exactly"), WORD("indeed"), WORD("clearly"),
  WORD("option"), WORD("choice"), WORD("hence"), WORD("then"), WORD("obviously"),
};

/* Words that end the answer inside its clause. */
static const struct str stop_words[] = {
  WORD(" because"), WORD(" since"), WORD(" when "), WORD(" which"), WORD(" as "),
  WORD(" where"), WORD(" for "), WORD(", so "), WORD(", not"), WORD(" (since"),
  WORD(" if "), WORD(" after"), WORD(" not "), WORD(", as "), WORD(" in "),
};
/* clang-format on */

#endif

/* item_folder.h - items from a folder tree with one problem a JSON file, as MATH has it.
 *
 * Inner to item.c. Files are taken in byte order of their names, folder by folder, so the
 * order is the same on every machine. The sha256 of the set is that of the text that
 * `sha256sum` would print for those files in that order.
 */
#ifndef OREO_TASK_ITEM_FOLDER_H
#define OREO_TASK_ITEM_FOLDER_H

#include "task/item_row.h"

/* Ids are paths below `root` ("algebra/1.json"), the "line" of a problem the number of
 * the file. ERR_ENV when a folder cannot be read, ERR_DATA when it nests too deep. */
NODISCARD int item_folder_add(struct item_loading *loading, const char *root,
                              struct sha256_hex *sha256, struct err *err);

#endif

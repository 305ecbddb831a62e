#include "task/item_folder.h"

#include "base/fs.h"
#include "task/limits.h"

struct walk {
  struct item_loading *loading;
  struct sha256 *sha;
  size_t root_len; /* of the path, with its '/' */
  struct err *err;
};

static void add_file(struct walk *walk, const char *path)
{
  struct item_loading *loading = walk->loading;
  struct str id = str_from(path + walk->root_len);
  size_t number = loading->index + 1;
  struct buf text;
  struct json_doc doc;
  struct err err;
  buf_init(&text, TASK_LINE_MAX);
  if (fs_read(path, &text, &err) < 0 || json_parse(&doc, buf_str(&text), &err) < 0) {
    problem_add(&loading->problems, number, "'%.*s': %s", STR_ARG(id), err.msg);
    loading->index++;
    buf_release(&text);
    return;
  }
  struct sha256_hex sha = sha256_of(buf_str(&text));
  sha256_add(walk->sha, str_from(sha.text));
  sha256_add(walk->sha, STR("  "));
  sha256_add(walk->sha, id);
  sha256_add(walk->sha, STR("\n"));
  item_row_add(loading, number, STR_NONE, doc.root, id);
  json_doc_release(&doc);
  buf_release(&text);
}

static int walk_folder(struct walk *walk, const char *path, int depth)
{
  struct fs_list list;
  if (depth > TASK_FOLDER_DEPTH_MAX)
    return err_set(walk->err, ERR_DATA,
                   "'%s' nests deeper than %d folders; give the folder of one split",
                   path, TASK_FOLDER_DEPTH_MAX);
  if (fs_list(&list, path, walk->err) < 0)
    return -1;
  struct buf child;
  buf_init(&child, TASK_PATH_MAX);
  int rc = 0;
  for (size_t i = 0; i < list.count && rc == 0; i++) {
    fs_join(&child, path, list.names[i]);
    if (buf_failed(&child))
      rc = err_set(walk->err, ERR_DATA, "'%.200s...': the path is too long", path);
    else if (fs_is_dir(child.ptr))
      rc = walk_folder(walk, child.ptr, depth + 1);
    else if (str_ends(buf_str(&child), STR(".json")))
      add_file(walk, child.ptr);
  }
  buf_release(&child);
  fs_list_free(&list);
  return rc;
}

int item_folder_add(struct item_loading *loading, const char *root,
                    struct sha256_hex *sha256, struct err *err)
{
  struct walk walk = { loading, sha256_create(), strlen(root) + 1, err };
  if (str_ends(str_from(root), STR("/")))
    walk.root_len--;
  int rc = walk_folder(&walk, root, 0);
  *sha256 = sha256_final(walk.sha);
  return rc;
}

/* report_files.c - all formats into one folder. */
#include "base/fs.h"
#include "report/report.h"

static const struct {
  const char *name;
  void (*write)(struct buf *out, const struct report *report);
} formats[] = {
  { "report.md", report_write_md },     { "report.html", report_write_html },
  { "report.json", report_write_json }, { "report.csv", report_write_csv },
  { "junit.xml", report_write_junit },
};

int report_write_all(const char *dir, const struct report *report, struct err *err)
{
  struct buf path, out;
  int rc = 0;
  buf_init(&path, BUF_CAP_OWN);
  buf_init(&out, BUF_CAP_OWN);
  for (size_t i = 0; i < COUNT(formats) && rc == 0; i++) {
    buf_reset(&out);
    formats[i].write(&out, report);
    fs_join(&path, dir, formats[i].name);
    if (buf_failed(&out))
      rc = err_set(err, ERR_DATA,
                   "cannot write '%s': it would be larger than 1 GiB; "
                   "report on fewer models at once",
                   path.ptr);
    else
      rc = fs_write(path.ptr, buf_str(&out), err);
  }
  buf_release(&path);
  buf_release(&out);
  return rc < 0 ? rc : report_write_lmeval(dir, report, err);
}

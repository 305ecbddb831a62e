#include "net/date.h"

struct date {
  int year, month, day; /* month and day from 1 */
  int hour, minute, second;
};

static bool take(struct str *text, char c)
{
  if (!text->len || text->ptr[0] != c)
    return false;
  *text = str_slice(*text, 1, text->len);
  return true;
}

/* Exactly `n` digits. */
static bool take_digits(struct str *text, size_t n, int *value)
{
  if (text->len < n)
    return false;
  *value = 0;
  for (size_t i = 0; i < n; i++) {
    if (!char_is_digit(text->ptr[i]))
      return false;
    *value = 10 * *value + (text->ptr[i] - '0');
  }
  *text = str_slice(*text, n, text->len);
  return true;
}

static size_t take_letters(struct str *text)
{
  size_t n = 0;
  while (n < text->len && char_is_alpha(text->ptr[n]))
    n++;
  *text = str_slice(*text, n, text->len);
  return n;
}

static bool take_month(struct str *text, int *month)
{
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (int i = 0; i < 12; i++)
    if (str_starts(*text, (struct str){ names + 3 * i, 3 })) {
      *text = str_slice(*text, 3, text->len);
      *month = i + 1;
      return true;
    }
  return false;
}

static bool take_time(struct str *text, struct date *d)
{
  return take_digits(text, 2, &d->hour) && take(text, ':') &&
         take_digits(text, 2, &d->minute) && take(text, ':') &&
         take_digits(text, 2, &d->second);
}

/* "06 Nov 1994 08:49:37 GMT" */
static bool read_fixed(struct str t, struct date *d)
{
  return take_digits(&t, 2, &d->day) && take(&t, ' ') && take_month(&t, &d->month) &&
         take(&t, ' ') && take_digits(&t, 4, &d->year) && take(&t, ' ') &&
         take_time(&t, d) && str_equal(t, STR(" GMT"));
}

/* "06-Nov-94 08:49:37 GMT" */
static bool read_short(struct str t, struct date *d)
{
  if (!take_digits(&t, 2, &d->day) || !take(&t, '-') || !take_month(&t, &d->month) ||
      !take(&t, '-') || !take_digits(&t, 2, &d->year) || !take(&t, ' ') ||
      !take_time(&t, d) || !str_equal(t, STR(" GMT")))
    return false;
  d->year += d->year < 70 ? 2000 : 1900;
  return true;
}

/* "Nov  6 08:49:37 1994" */
static bool read_asctime(struct str t, struct date *d)
{
  if (!take_month(&t, &d->month) || !take(&t, ' '))
    return false;
  if (!take_digits(&t, take(&t, ' ') ? 1 : 2, &d->day))
    return false;
  return take(&t, ' ') && take_time(&t, d) && take(&t, ' ') &&
         take_digits(&t, 4, &d->year) && t.len == 0;
}

static bool is_leap(int year)
{
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t seconds(const struct date *d)
{
  static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  int length = lengths[d->month - 1] + (d->month == 2 && is_leap(d->year));
  /* 60: a leap second */
  if (d->year < 1970 || d->day < 1 || d->day > length || d->hour > 23 || d->minute > 59 ||
      d->second > 60)
    return -1;
  int before = d->year - 1; /* whole years, for the leap days in them */
  int64_t days = 365 * (int64_t)(d->year - 1970) + before / 4 - before / 100 +
                 before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
  for (int month = 1; month < d->month; month++)
    days += lengths[month - 1] + (month == 2 && is_leap(d->year));
  days += d->day - 1;
  return ((days * 24 + d->hour) * 60 + d->minute) * 60 + d->second;
}

int64_t http_date_read(struct str text)
{
  struct date d = { 0 };
  text = str_trim(text);
  size_t weekday = take_letters(&text);
  bool comma = take(&text, ',');
  if (weekday < 3 || !take(&text, ' '))
    return -1;
  bool known = comma ? read_fixed(text, &d) || read_short(text, &d)
                     : weekday == 3 && read_asctime(text, &d);
  return known ? seconds(&d) : -1;
}

package dev.headgate.connect;

import dev.headgate.connect.Column.NotOfType;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Date;
import java.util.function.Function;

/**
 * Dates and times as Flink's {@code json} format writes them, in its SQL style ({@code 2026-01-02 03:04:05.123}, with
 * {@code Z} where it is an instant) and in its ISO-8601 style.
 */
final class Times {
    private Times() {}

    static Date date(String text) {
        LocalDate day = parsed(text, LocalDate::parse, "it is not as `2026-01-02`");
        return new Date(Math.multiplyExact(day.toEpochDay(), 86_400_000L));
    }

    static Date time(String text) {
        LocalTime time = parsed(text, LocalTime::parse, "it is not as `03:04:05`");
        fine(time.getNano(), 3);
        return new Date(time.toNanoOfDay() / 1_000_000);
    }

    static LocalDateTime timestamp(String text, int precision) {
        LocalDateTime time = parsed(text, said -> LocalDateTime.parse(joined(said)),
                "it is not as `2026-01-02 03:04:05.123`, without a zone");
        fine(time.getNano(), precision);
        return time;
    }

    /** An instant, as ISO-8601 text in UTC. */
    static String instant(String text, int precision) {
        OffsetDateTime time = parsed(text, said -> OffsetDateTime.parse(joined(said)),
                "it is not as `2026-01-02 03:04:05.123Z`, with its zone");
        fine(time.getNano(), precision);
        return DateTimeFormatter.ISO_INSTANT.format(time.toInstant());
    }

    /** Since 1970, in units of which a second has so many. */
    static long sinceEpoch(LocalDateTime time, long unitsPerSecond) {
        long seconds = Math.multiplyExact(time.toEpochSecond(ZoneOffset.UTC), unitsPerSecond);
        return Math.addExact(seconds, time.getNano() / (1_000_000_000L / unitsPerSecond));
    }

    private static String joined(String text) {
        return text.replaceFirst(" ", "T");
    }

    private static void fine(int nanos, int precision) {
        if (nanos % (int) Math.pow(10, 9 - precision) != 0) {
            throw new NotOfType("its second has more than " + precision + " digits after the point");
        }
    }

    private static <T> T parsed(String text, Function<String, T> parser, String refusal) {
        try {
            return parser.apply(text);
        } catch (DateTimeParseException error) {
            throw new NotOfType(refusal);
        }
    }
}

package observability.logs.core;

import com.maxmind.db.Reader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Looks up the place of an IP address in a database of MaxMind's format that the user supplies. */
public final class Places {
    /** Addresses come in bursts: the same few thousand over and over. */
    private static final int REMEMBERED = 10_000;

    private static final String[] NOWHERE = new String[Layout.GEO.length];

    private final Reader reader;
    private final Map<String, String[]> known = new LinkedHashMap<>(1024, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String[]> eldest) {
            return size() > REMEMBERED;
        }
    };

    private Places(Reader reader) {
        this.reader = reader;
    }

    /** Returns an empty look-up: without a database, addresses are dropped and nothing is added. */
    public static Places none() {
        return new Places(null);
    }

    /** Opens a database of cities or countries. */
    public static Places of(File file) {
        try {
            return new Places(new Reader(file));
        } catch (IOException | RuntimeException unreadable) {
            throw new ConfigException("the GeoIP database: expected a file in MaxMind's format at " + file + ": "
                    + unreadable.getMessage(), unreadable);
        }
    }

    /**
     * Returns continent, country by code and name, region and city in the order of the layout; null for each that is
     * not known.
     */
    String[] of(String address) {
        return reader == null ? NOWHERE : known.computeIfAbsent(address, this::look);
    }

    private String[] look(String address) {
        try {
            Map<?, ?> found = reader.get(InetAddress.getByName(address), Map.class);
            return found == null ? NOWHERE : new String[] {
                text(found, "continent", "code"),
                text(found, "country", "iso_code"),
                english(found.get("country")),
                found.get("subdivisions") instanceof List<?> parts && !parts.isEmpty() ? english(parts.get(0)) : null,
                english(found.get("city")),
            };
        } catch (IOException unreadable) {
            return NOWHERE;
        }
    }

    private static String english(Object place) {
        return place instanceof Map<?, ?> map ? text(map, "names", "en") : null;
    }

    private static String text(Map<?, ?> record, String section, String name) {
        return record.get(section) instanceof Map<?, ?> map && map.get(name) instanceof String text ? text : null;
    }
}

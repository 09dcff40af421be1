package observability.logs;

import java.io.BufferedInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import observability.logs.core.ConfigException;
import observability.logs.core.Job;
import observability.logs.core.KeyedHash;
import observability.logs.core.LineProcessor;
import observability.logs.core.Outcome;
import observability.logs.core.Places;
import observability.logs.core.RawLine;

/**
 * Processes lines without a cluster: reads "topic TAB received-at TAB line in base 64" from standard input,
 * writes "document TAB index TAB folder TAB JSON" or "dead-letter TAB topic TAB JSON" for each, in the same order.
 * Arguments: job.json, the file with the hash key, and a GeoIP database where there is one.
 */
public final class RedactLines {
    private RedactLines() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2 || arguments.length > 3) {
            System.err.println("expected: job.json key-file [geoip.mmdb]");
            System.exit(2);
        }
        try {
            run(arguments, new BufferedInputStream(System.in), System.out);
        } catch (ConfigException wrong) {
            System.err.println(wrong.getMessage());
            System.exit(1);
        }
    }

    private static void run(String[] arguments, InputStream in, OutputStream standardOut) throws IOException {
        Job job = Job.of(Files.readAllBytes(Path.of(arguments[0])));
        Places places = arguments.length == 3 ? Places.of(new File(arguments[2])) : Places.none();
        LineProcessor processor = new LineProcessor(job, KeyedHash.key(Path.of(arguments[1])), places);
        PrintStream out = new PrintStream(standardOut, false, StandardCharsets.UTF_8);
        long offset = 0;
        for (String line = next(in); line != null; line = next(in)) {
            String[] parts = line.split("\t", -1);
            byte[] value = Base64.getDecoder().decode(parts[2]);
            Outcome outcome = processor.process(new RawLine(parts[0], 0, offset++, Long.parseLong(parts[1]), value));
            out.println(told(outcome));
            if (in.available() == 0) {
                out.flush();
            }
        }
        out.flush();
    }

    private static String told(Outcome outcome) {
        if (outcome instanceof Outcome.Document document) {
            return "document\t" + document.index() + "\t" + document.folder() + "\t" + text(document.json());
        }
        Outcome.DeadLetter letter = (Outcome.DeadLetter) outcome;
        return "dead-letter\t" + letter.topic() + "\t" + text(letter.json());
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    /** Reads one line; a reader of characters would read ahead and block. */
    private static String next(InputStream in) throws IOException {
        var line = new java.io.ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                return null;
            }
            line.write(c);
        }
        return line.toString(StandardCharsets.US_ASCII);
    }
}

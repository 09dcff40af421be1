package observability.logs.job;

import java.io.IOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import observability.logs.core.Outcome;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.core.fs.FSDataOutputStream;

/** Writes compressed files of one JSON document a line, as Athena reads them. */
final class GzipLines implements BulkWriter.Factory<Outcome.Document> {
    private static final long serialVersionUID = 1L;
    private static final int BUFFER = 64 * 1024;

    @Override
    public BulkWriter<Outcome.Document> create(FSDataOutputStream out) throws IOException {
        Gzip gzip = new Gzip(out);
        return new BulkWriter<>() {
            @Override
            public void addElement(Outcome.Document document) throws IOException {
                gzip.write(document.json());
                gzip.write('\n');
            }

            @Override
            public void flush() throws IOException {
                gzip.flush();
            }

            /** Completes the stream; Flink closes the file itself. */
            @Override
            public void finish() throws IOException {
                gzip.finish();
                gzip.flush();
            }
        };
    }

    private static final class Gzip extends GZIPOutputStream {
        Gzip(FSDataOutputStream out) throws IOException {
            super(out, BUFFER);
            // Half the time of the usual level, and files a tenth larger.
            def.setLevel(Deflater.BEST_SPEED + 2);
        }
    }
}

package observability.logs.job;

import observability.logs.core.Outcome;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.SimpleVersionedStringSerializer;

/** Assigns each document to the folder that the core has named. */
final class Folders implements BucketAssigner<Outcome.Document, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String getBucketId(Outcome.Document document, Context context) {
        return document.folder();
    }

    @Override
    public SimpleVersionedSerializer<String> getSerializer() {
        return SimpleVersionedStringSerializer.INSTANCE;
    }
}

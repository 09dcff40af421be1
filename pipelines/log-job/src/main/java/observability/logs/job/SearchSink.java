package observability.logs.job;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import observability.logs.core.Outcome;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.sink.AsyncSinkBase;
import org.apache.flink.connector.base.sink.writer.AsyncSinkWriterStateSerializer;
import org.apache.flink.connector.base.sink.writer.BufferedRequestState;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Writes documents to OpenSearch by its bulk API, each under its own id. */
final class SearchSink extends AsyncSinkBase<Outcome.Document, Outcome.Document> {
    private static final long serialVersionUID = 1L;
    private static final int BATCH = 2_000; // documents
    private static final long BATCH_BYTES = 5_000_000; // 5 to 15 MB is what OpenSearch's tuning guide asks for
    private static final int IN_FLIGHT = 2; // of each subtask: one is indexed while the next is written
    private static final int BUFFERED = 10_000;
    private static final long IN_BUFFER_MS = 500;
    private static final long DOCUMENT_BYTES = 4_000_000; // a line is at most 1 MB, and escapes can make more of it

    private final Arguments arguments;

    SearchSink(Arguments arguments) {
        super((document, context) -> document, BATCH, IN_FLIGHT, BUFFERED, BATCH_BYTES, IN_BUFFER_MS, DOCUMENT_BYTES);
        this.arguments = arguments;
    }

    @Override
    public StatefulSinkWriter<Outcome.Document, BufferedRequestState<Outcome.Document>> createWriter(
            WriterInitContext context) {
        return restoreWriter(context, List.of());
    }

    @Override
    public StatefulSinkWriter<Outcome.Document, BufferedRequestState<Outcome.Document>> restoreWriter(
            WriterInitContext context, Collection<BufferedRequestState<Outcome.Document>> states) {
        BulkClient client = new BulkClient(arguments.opensearch(), Credentials.of(arguments));
        return new SearchWriter(getElementConverter(), context, SearchWriter.settings(this), states, client);
    }

    int batch() {
        return getMaxBatchSize();
    }

    long batchBytes() {
        return getMaxBatchSizeInBytes();
    }

    int inFlight() {
        return getMaxInFlightRequests();
    }

    int buffered() {
        return getMaxBufferedRequests();
    }

    long inBufferMs() {
        return getMaxTimeInBufferMS();
    }

    long documentBytes() {
        return getMaxRecordSizeInBytes();
    }

    @Override
    public SimpleVersionedSerializer<BufferedRequestState<Outcome.Document>> getWriterStateSerializer() {
        return new Serializer();
    }

    /** Serializes a buffer that is empty at each checkpoint; Flink requires it all the same. */
    private static final class Serializer extends AsyncSinkWriterStateSerializer<Outcome.Document> {
        @Override
        protected void serializeRequestToStream(Outcome.Document document, DataOutputStream out) throws IOException {
            out.writeUTF(document.id());
            out.writeUTF(document.index());
            out.writeUTF(document.folder());
            out.writeInt(document.json().length);
            out.write(document.json());
        }

        @Override
        protected Outcome.Document deserializeRequestFromStream(long size, DataInputStream in) throws IOException {
            String id = in.readUTF();
            String index = in.readUTF();
            String folder = in.readUTF();
            byte[] json = in.readNBytes(in.readInt());
            return new Outcome.Document(id, index, folder, json);
        }

        @Override
        public int getVersion() {
            return 1;
        }
    }
}

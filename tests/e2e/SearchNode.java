import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One OpenSearch node on free loopback ports; its log says which. Argument: its folder. */
public class SearchNode {
    public static void main(String[] arguments) throws InterruptedException {
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            settings.put("http.port", "0");
            settings.put("transport.port", "0");
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
            settings.putList("discovery.seed_hosts");
            // A full disk of the machine that tests run on is no finding of theirs.
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
        runner.build(OpenSearchRunner.newConfigs()
                .basePath(arguments[0]).numOfNode(1).clusterName("logs").useLogger().printOnFailure());
        Thread.currentThread().join();
    }
}

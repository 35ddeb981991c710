package peers;

/** One competitor. */
public interface Peer {
    String name();

    /** Library and engine versions, as the libraries themselves report them where they do. */
    String version();

    /** Sets the thread count: called once, before anything else. */
    void threads(int n);

    /** Throws UnsupportedOperationException with a reason where the peer can't do this case. */
    Model build(Case c, Data d) throws Exception;
}

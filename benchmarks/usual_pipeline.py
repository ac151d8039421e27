"""The baseline of adding: how most tutorials put PDFs into a vector store, with LangChain and its defaults.

PyPDFLoader, RecursiveCharacterTextSplitter with 1000 characters of which 200 overlap, sentence-transformers through
HuggingFaceEmbeddings, and FAISS. The model is the one that Coursemate uses.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path


def add_usual(folder: Path, weights: Path) -> dict[str, float]:
    """Adds the PDFs of a folder and searches once. Returns `loaded_s`, `added_s`, `pages` that are found, `passages`."""
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    began = time.perf_counter()
    from langchain_community.document_loaders import PyPDFLoader
    from langchain_community.embeddings import HuggingFaceEmbeddings
    from langchain_community.vectorstores import FAISS
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = HuggingFaceEmbeddings(model_name=str(weights))
    embeddings.embed_query("warm up")
    loaded = time.perf_counter()
    pages = [page for file in sorted(folder.glob("*.pdf")) for page in PyPDFLoader(str(file)).load()]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    passages = splitter.split_documents(pages)
    store = FAISS.from_documents(passages, embeddings)
    store.similarity_search("How does a lens bend light?", k=4)
    added = time.perf_counter()
    kept = {(passage.metadata["source"], passage.metadata["page"]) for passage in passages}
    return {"loaded_s": loaded - began, "added_s": added - loaded, "pages": len(kept), "passages": len(passages)}
